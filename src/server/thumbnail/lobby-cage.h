/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What comes is decoded by large libraries; whatever it makes them do stays in here. Both steps go one way only. */

/* At the start: lowest priority, limits of time, memory and output, ends with whoever started us. */
void lobby_cage_enter (void);
/* When all code is loaded: from here on no file is opened but @input again, to read, and no other code is run. */
void lobby_cage_close (int input);

G_END_DECLS
