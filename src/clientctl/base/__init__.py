"""Helpers that know nothing about clients: days, money, text, phones, lists."""
