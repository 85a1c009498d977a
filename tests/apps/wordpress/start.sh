# Makes a database in the folder of the visit, and serves.
set -e
socket="$DATA/db.sock"
mariadb-install-db --no-defaults --datadir="$DATA/db" --skip-test-db \
  --auth-root-authentication-method=normal --user="$(id -un)" > /dev/null
mariadbd --no-defaults --datadir="$DATA/db" --socket="$socket" --skip-networking \
  --user="$(id -un)" &
create='CREATE DATABASE wordpress'
until mariadb --no-defaults --socket="$socket" --user=root --execute="$create" 2> /dev/null; do
  sleep 0.2
done
# What is uploaded stays in that folder, too.
mkdir "$DATA/uploads"
ln --symbolic --force --no-dereference "$DATA/uploads" wp/wp-content/uploads
php install.php
# One worker alone would wait for itself when WordPress asks WordPress.
export PHP_CLI_SERVER_WORKERS=4
exec php -S "$HOST:$PORT" -t wp router.php
