"""Referral programs."""

from django.db import models


class Program(models.Model):
    """What is offered to those who refer, and to those who are referred."""

    name = models.CharField(max_length=120)

    def __str__(self) -> str:
        return self.name
