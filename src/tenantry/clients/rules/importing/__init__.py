"""From the originals' files to declarations: what `tenantry.clients.rules.reactory` is made of.

It goes through a file field by field, as the structs of `tenantry.clients.model` have them: names
are put right, then values, then what only one kind of item needs. It never drops or changes
anything without saying so, and never guesses who may see something.
"""
