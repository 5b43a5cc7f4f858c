"""A person at the screen whose clicks and typed numbers are counted, for journeys that promise how few they need."""

from __future__ import annotations


class Hand:
    """Counts what a person does."""

    def __init__(self, page):
        self.page, self.clicks, self.numbers = page, 0, 0

    def open(self, link):
        self.clicks += 1
        self.page.goto(link)

    def click(self, what):
        self.clicks += 1
        self.page.click(what)

    def type(self, cell, text):
        self.numbers += 1
        self.page.fill(cell, text)
