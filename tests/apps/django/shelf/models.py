from django.db import models


class Book(models.Model):
    title = models.CharField(max_length=100)
    link = models.URLField(blank=True)

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return f"/#{self.pk}"
