/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-http-server.h"

G_BEGIN_DECLS

/*
 * Patterns like "/api/messages/{contactId}": segments between slashes, each literal or one whole
 * {name} that matches anything not empty. The first registered match wins. The method "*" is any.
 */
typedef struct _LobbyHttpRouter LobbyHttpRouter;

typedef struct
{
  char              *method;
  char              *pattern;
  char             **segments;
  gsize              max_body;
  LobbyHttpHandler   begun;     /* or NULL */
  LobbyHttpPiece     piece;     /* or NULL */
  LobbyHttpHandler   handler;
  gpointer           data;
} LobbyHttpRoute;

LobbyHttpRouter      *lobby_http_router_new      (void);
void                  lobby_http_router_free     (LobbyHttpRouter    *self);
void                  lobby_http_router_add      (LobbyHttpRouter    *self,
                                                  const char         *method,
                                                  const char         *pattern,
                                                  gsize               max_body,
                                                  LobbyHttpHandler    begun,
                                                  LobbyHttpPiece      piece,
                                                  LobbyHttpHandler    handler,
                                                  gpointer            data);
/* NULL when nothing matches: then *@allow is NULL for an unknown path, else the methods that it has, for the
 * Allow header. On a match *@parameters is name, value, name, value …. HEAD finds GET's route. */
const LobbyHttpRoute *lobby_http_router_find     (LobbyHttpRouter    *self,
                                                  const char         *method,
                                                  const char         *path,
                                                  char             ***parameters,
                                                  char              **allow);
char                **lobby_http_router_list     (LobbyHttpRouter    *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LobbyHttpRouter, lobby_http_router_free)

G_END_DECLS
