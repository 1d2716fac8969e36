"""The UI kit: layout, components, formats, the plumbing of live pages. No business."""
