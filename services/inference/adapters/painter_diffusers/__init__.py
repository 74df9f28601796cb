"""Painter engine for GPUs: a text-to-image pipeline paints; a depth model and the picture give geometry and light."""
