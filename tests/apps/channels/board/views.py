from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST

from .models import Note


def home(request):
    notes = request.build_absolute_uri("/notes/").replace("http", "ws", 1)
    return render(request, "home.html", {"notes": notes})


def note(request, id):
    return render(request, "note.html", {"note": get_object_or_404(Note, id=id)})


@require_POST
def remove(request, id):
    """Answers a form that has come through a socket with a stream that Turbo fetches."""
    get_object_or_404(Note, id=id).delete()
    context = {"id": id, "home": request.build_absolute_uri("/")}
    stream = "text/vnd.turbo-stream.html"
    return render(request, "removed.html", context, content_type=stream)
