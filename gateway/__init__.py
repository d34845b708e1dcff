"""Orders: the part of fixgate that knows the business."""
