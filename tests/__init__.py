"""Tests: of the application, of the deployment tool and of the contract that every target keeps."""
