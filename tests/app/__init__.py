"""The application: configuration, pages, health, commands and the development server."""
