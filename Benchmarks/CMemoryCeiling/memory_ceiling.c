#include "CMemoryCeiling.h"
void memory_ceiling(void) {}
