"""Stages that people pass through: who is where, and how many go on."""
