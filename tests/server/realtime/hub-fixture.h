/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-http-server.h"
#include "lobby-hub.h"
#include "storage-fixture.h"

G_BEGIN_DECLS

/* A hub over a real storage and HTTP server. "ana-token" is the owner's, "bea-token" an agent's of the one business. */
typedef struct
{
  StorageFixture   storage;
  LobbyHttpServer *http;
  LobbyHub        *hub;
  char            *other_business;  /* that Bea does not belong to */
  GString         *signals;         /* "typing stopped read:wamid.X " */
} HubFixture;

/* @data: the ping interval and time-out in ms, or NULL for 25 s. */
void    hub_fixture_set_up    (HubFixture    *fixture,
                               gconstpointer  data);
void    hub_fixture_tear_down (HubFixture    *fixture,
                               gconstpointer  data);
/* @n texts of one customer. */
void    hub_fixture_say       (HubFixture    *fixture,
                               guint          n,
                               const char    *text);
gint64  hub_fixture_get_seq   (HubFixture    *fixture);

G_END_DECLS
