void memory_ceiling(void);
