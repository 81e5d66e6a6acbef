"""dealmodel."""
