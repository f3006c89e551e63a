/* The terminal that stdout is. */
#pragma once

/* Columns of the terminal, 0 if stdout is none. */
unsigned terminal_width(void);
