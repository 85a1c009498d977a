import hashlib
import json
import os

from channels.generic.websocket import AsyncWebsocketConsumer
from django.template.loader import render_to_string

from .models import Note

READERS = "readers"


def rendered(template, **context):
    return render_to_string(f"notes/{template}.html", {"site": os.environ["ORIGIN"], **context})


class NotesConsumer(AsyncWebsocketConsumer):
    """Sends each note to all readers, as a stream of Turbo. The first comes without a request."""

    async def connect(self):
        await self.accept()
        await self.channel_layer.group_add(READERS, self.channel_name)
        note, _ = await Note.objects.aget_or_create(id=1, defaults={"text": "Welcome."})
        await self.note_written({"id": note.id})

    async def disconnect(self, code):
        await self.channel_layer.group_discard(READERS, self.channel_name)

    async def note_written(self, event):
        note = await Note.objects.aget(id=event["id"])
        await self.send(rendered("stream", note=note))


class WriteConsumer(AsyncWebsocketConsumer):
    """Takes what a form of htmx sends, and answers with a fragment.

    The fragment tells by their hash which texts have arrived, so that a visit through the gate
    compares them with those of a direct one.
    """

    async def receive(self, text_data=None, bytes_data=None):
        message = json.loads(text_data)
        note = await Note.objects.acreate(text=message["text"])
        page = message["HEADERS"]["HX-Current-URL"]
        kept = hashlib.sha256(f"{note.text} from {page}".encode()).hexdigest()
        await self.send(rendered("answer", note=note, kept=kept))
        await self.channel_layer.group_send(READERS, {"type": "note.written", "id": note.id})
