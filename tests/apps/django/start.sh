# Makes the database in the folder of the visit, and serves.
set -e
python manage.py migrate --run-syncdb --verbosity 0
export DJANGO_SUPERUSER_PASSWORD=analytical
python manage.py createsuperuser --noinput --username ada --email ada@example.com
exec gunicorn --no-control-socket --bind "$HOST:$PORT" --threads 4 shelf.wsgi
