"""Plug-ins, loaded by name where a user asks for them: models of others, and a cluster. Nothing else imports them."""
