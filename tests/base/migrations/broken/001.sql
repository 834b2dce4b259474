-- SPDX-License-Identifier: GPL-3.0-or-later
CREATE TABLE fruit (name TEXT PRIMARY KEY);
