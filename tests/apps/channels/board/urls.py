from django.urls import path

from . import views

urlpatterns = [
    path("", views.home),
    path("notes/<int:id>/", views.note),
    path("notes/<int:id>/remove/", views.remove),
]
