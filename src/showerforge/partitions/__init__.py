"""Folders of files of which each is a piece of work, done once and on any executor."""
