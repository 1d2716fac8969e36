"""Documents: upload, storage, page words with boxes, page images."""
