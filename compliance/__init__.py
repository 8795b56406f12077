"""PURE law: may this contact happen, and at which instant? Windows, calendars, caps and places."""
