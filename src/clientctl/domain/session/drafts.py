"""Know the texts that were typed in an editor and not stored."""

from clientctl.store.drafts import Draft, begun, kept, listed, newest, resumed

__all__ = ["Draft", "begun", "kept", "listed", "newest", "resumed"]
