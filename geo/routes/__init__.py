"""How looted objects may leave a country: cost over terrain, roads as a graph, draws, exposure."""
