"""Pages that post back, take a large file, and come in two parts."""

import hashlib
import threading

from django.contrib import messages
from django.contrib.syndication.views import Feed as BaseFeed
from django.forms import modelformset_factory
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.gzip import gzip_page

from .models import Book

FORMS = modelformset_factory(Book, fields=["title", "link"], extra=2, can_delete=True)
released = threading.Event()


# As a middleware this would hold back the first part of a page that comes in two.
@gzip_page
def home(request):
    here = request.build_absolute_uri("/")
    return render(request, "home.html", {"books": Book.objects.all(), "here": here})


def shelf(request):
    forms = FORMS(request.POST or None)
    if request.method == "POST" and forms.is_valid():
        forms.save()
        messages.success(request, f"Saved at {request.build_absolute_uri()}")
        return redirect(request.build_absolute_uri("/shelf/"))
    return render(request, "shelf.html", {"forms": forms})


def upload(request):
    text = ""
    if request.method == "POST":
        digest, size = hashlib.sha256(), 0
        for chunk in request.FILES["file"].chunks():
            digest.update(chunk)
            size += len(chunk)
        text = f"{size} bytes, {digest.hexdigest()}"
    return render(request, "upload.html", {"text": text})


def slow(request):
    """Waits, after its first part, until the browser has run a script of that part."""

    def parts():
        released.clear()
        script = "<script>fetch('/release/')</script>"
        yield f"<!doctype html><title>Slow</title><p id=first>first</p>{script}"
        how = "after the first part was seen" if released.wait(5) else "too late"
        yield f"<p id=rest>{how}, {request.build_absolute_uri()}</p>"

    return StreamingHttpResponse(parts())


def release(request):
    released.set()
    return HttpResponse(status=204)


class Feed(BaseFeed):
    title = "Books"
    link = "/"
    description = "The books of a shelf"

    def items(self):
        return Book.objects.all()
