"""Viewers with hidden tastes who watch films without pictures and react as people do."""
