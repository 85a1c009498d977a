from django_unicorn.components import UnicornView


class CounterView(UnicornView):
    """Counts clicks. Its state, signed, has a URL of the site in it."""

    count = 0
    link = ""
    note = ""

    def mount(self):
        self.link = self.request.build_absolute_uri("/a/")

    def add(self):
        self.count += 1
