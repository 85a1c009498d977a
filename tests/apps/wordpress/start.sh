# Makes a database in the folder of the visit, and serves.
set -e
socket="$DATA/db.sock"
mariadb-install-db --no-defaults --datadir="$DATA/db" --skip-test-db \
  --auth-root-authentication-method=normal --user="$(id -un)" > /dev/null
mariadbd --no-defaults --datadir="$DATA/db" --socket="$socket" --skip-networking \
  --user="$(id -un)" &
until mariadb-admin --no-defaults --socket="$socket" --user=root ping > /dev/null 2>&1; do
  sleep 0.2
done
mariadb --no-defaults --socket="$socket" --user=root --execute='CREATE DATABASE wordpress'
php install.php
# One worker alone would wait for itself when WordPress asks WordPress.
export PHP_CLI_SERVER_WORKERS=4
exec php -S "$HOST:$PORT" -t wp
