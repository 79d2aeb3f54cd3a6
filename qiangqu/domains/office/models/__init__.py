"""Records of office work. ``documents`` and ``meetings`` hold a module each."""
