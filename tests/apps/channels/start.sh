# Makes the database in the folder of the visit, and serves.
set -e
export DJANGO_SETTINGS_MODULE=board.settings PYTHONPATH=.
django-admin migrate --run-syncdb --verbosity 0
exec daphne --bind "$HOST" --port "$PORT" --verbosity 0 board.asgi:application
