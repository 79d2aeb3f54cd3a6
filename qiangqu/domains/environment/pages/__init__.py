"""Pages of the environment desk 环境监测."""
