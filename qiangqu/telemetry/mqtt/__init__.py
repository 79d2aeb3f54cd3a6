"""MQTT: JSON by mapping and Sparkplug B, from a broker into the gateway."""
