"""Texts that were typed in an editor and not stored."""

from clientctl.store.drafts import Draft, begin, find_newest, list_all, list_idle, resume

__all__ = ["Draft", "begin", "find_newest", "list_all", "list_idle", "resume"]
