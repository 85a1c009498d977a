from django.contrib import admin
from django.urls import path

from . import views

urlpatterns = [
    path("", views.home),
    path("admin/", admin.site.urls),
    path("feed/", views.Feed()),
    path("release/", views.release),
    path("shelf/", views.shelf, name="shelf"),
    path("slow/", views.slow),
    path("upload/", views.upload),
]
