"""The sandbox, its two nodes, and what turns Deployments and Services into processes, addresses and names."""
