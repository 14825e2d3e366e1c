# Whether Prometheus is well; one whose disk was full is ended, to be started again.
# Made by stackgen from stackgen/packs/cache.yaml; changes made here are lost. Change the definition, then run:
#   stackgen generate stackgen/packs/cache.yaml

wget -q -T 3 -O /dev/null http://127.0.0.1:9090/-/ready || exit 1
failed=$(wget -q -T 3 -O - http://127.0.0.1:9090/metrics | awk '$1 == "prometheus_tsdb_wal_writes_failed_total" { print $2 }')
[ "${failed:-0}" = 0 ] && exit 0

# A write has failed, and the log is torn. What is stored from now on would be lost with the next start. That writes the
# torn file anew, so there has to be room for it.
room=$(df -Pk /prometheus | awk 'NR == 2 { print $4 }')
needed=$(find /prometheus/wal -maxdepth 1 -type f -exec du -k {} + | awk '$1 > most { most = $1 }
  END { print most + 16384 }')
if [ "${room:-0}" -lt "$needed" ]; then
  echo "its disk was full, and has room for $room kB; with $needed kB it is started anew, until then nothing is safe"
  exit 1
fi
echo "its disk was full, and has room again: it is started anew"
kill -TERM 1
exit 1
