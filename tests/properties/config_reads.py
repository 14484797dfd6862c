class ConfigReads: pass
