"""The way in from an ERP: exported routings and orders become plant and scenario."""
