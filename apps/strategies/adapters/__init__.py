"""Readers: from the words of a document to proposed strategies."""
