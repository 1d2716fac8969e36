"""Pieces that pages and endpoints share: paging, figures."""
