"""Tests of the front ends' templates on the real servers, without the adapters: what is sent, answered and refused."""
