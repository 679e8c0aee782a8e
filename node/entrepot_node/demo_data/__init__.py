"""The data of the demo: real organisations from a CC0 registry, and three invented clusters.

    load_organisations("biomed")                      # profiles of real organisations, without id
    demo_profiles("biomed", ids=subject_of, today=…)  # the invented cluster and all it publishes, with ids

Nothing here is a register, and real organisations state nothing but what the registry says of them.
"""

from entrepot_node.demo_data.invented import NODES, DemoNode, demo_profiles, symbolic_names
from entrepot_node.demo_data.organisations import LICENSE, load_organisations

__all__ = ["LICENSE", "NODES", "DemoNode", "demo_profiles", "load_organisations", "symbolic_names"]
