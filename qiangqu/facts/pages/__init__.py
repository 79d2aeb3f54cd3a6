"""Pages of facts 数据."""
