# Whether Prometheus is well; one whose disk was full is ended, to be started again.
# Made by stackgen from stackgen/packs/cache.yaml; changes made here are lost. Change the definition, then run:
#   stackgen generate stackgen/packs/cache.yaml

wget -q -T 3 -O /dev/null http://127.0.0.1:9090/-/ready || exit 1
failed=$(wget -q -T 3 -O - http://127.0.0.1:9090/metrics | awk '$1 == "prometheus_tsdb_wal_writes_failed_total" { print $2 }')
[ "${failed:-0}" = 0 ] && exit 0

# A write has failed, and the log is torn. What is stored from now on would be lost with the next start.
if head -c 16777216 /dev/zero >/prometheus/.room 2>/dev/null; then
  echo "there is room on the disk again: it is started anew, to mend its log"
  kill -TERM 1
else
  echo "nothing can be written to /prometheus: the disk is full"
fi
rm -f /prometheus/.room
exit 1
