#!/bin/sh
# As in the official image: options alone start the server, and root is left for the user redis.
set -e
case "$1" in
-* | *.conf) set -- redis-server "$@" ;;
esac
if [ "$1" = redis-server ] && [ "$(id -u)" = 0 ]; then
  chown -R redis:redis /data
  exec setpriv --reuid redis --regid redis --clear-groups "$@"
fi
exec "$@"
