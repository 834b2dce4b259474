/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-client"

#include "lobby-accounts.h"

#include "lobby-account-file.h"
#include "lobby-account-private.h"
#include "lobby-async.h"
#include "lobby-id.h"
#include "lobby-json.h"
#include "lobby-secret-vault.h"
#include "lobby-wire.h"

#include <errno.h>
#include <glib/gstdio.h>

/* ms that a sign-out waits for the server's word. */
#define SIGN_OUT_TIMEOUT 5000

struct _LobbyAccounts
{
  GObject parent_instance;

  char *data_folder;
  char *cache_folder;
  GPtrArray *accounts;
  GPtrArray *unopened; /* of LobbyIdentity: remembered, but their stores could not be opened */
};

static void list_model_init (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (LobbyAccounts, lobby_accounts, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init))

typedef struct
{
  LobbyAccounts *accounts;
  char *server_url;
  char *user;
  char *password;
} SignIn;

typedef struct
{
  LobbyAccounts *accounts;
  LobbyAccount *account;
} SignOut;

static char *
file_path (LobbyAccounts *self)
{
  return g_build_filename (self->data_folder, "accounts.ini", NULL);
}

static char *
store_path (LobbyAccounts *self,
            const char *id,
            const char *suffix)
{
  g_autofree char *name = g_strconcat (id, ".db", suffix, NULL);

  return g_build_filename (self->data_folder, name, NULL);
}

static gboolean
make_folder (LobbyAccounts *self,
             GError **error)
{
  if (g_mkdir_with_parents (self->data_folder, 0700) == 0)
    return TRUE;

  g_set_error (error, LOBBY_CLIENT_ERROR, LOBBY_CLIENT_ERROR_STORAGE, "%s: %s", self->data_folder, g_strerror (errno));
  return FALSE;
}

static gboolean
save (LobbyAccounts *self,
      GError **error)
{
  g_autoptr (GPtrArray) identities = g_ptr_array_new ();
  g_autofree char *path = file_path (self);

  for (guint i = 0; i < self->accounts->len; i++)
    g_ptr_array_add (identities, (gpointer)lobby_account_get_identity (g_ptr_array_index (self->accounts, i)));
  for (guint i = 0; i < self->unopened->len; i++)
    g_ptr_array_add (identities, g_ptr_array_index (self->unopened, i));

  return lobby_account_file_write (path, identities, error);
}

/* Takes @identity. */
static LobbyAccount *
open_account (LobbyAccounts *self,
              LobbyIdentity *identity,
              GError **error)
{
  g_autoptr (LobbyIdentity) owned = identity;
  g_autofree char *path = store_path (self, identity->id, "");
  g_autofree char *cache = g_build_filename (self->cache_folder, identity->id, NULL);
  g_autoptr (GError) inner = NULL;
  LobbyStore *store = lobby_store_open (path, &inner);

  if (store == NULL)
    {
      g_set_error (error, LOBBY_CLIENT_ERROR, LOBBY_CLIENT_ERROR_STORAGE, "%s: %s", path, inner->message);
      return NULL;
    }

  return lobby_account_new (g_steal_pointer (&owned), store, cache);
}

static void
add_account (LobbyAccounts *self,
             LobbyAccount *account)
{
  g_ptr_array_add (self->accounts, g_object_ref (account));
  g_list_model_items_changed (G_LIST_MODEL (self), self->accounts->len - 1, 0, 1);
}

gboolean
lobby_accounts_load (LobbyAccounts *self,
                     GError **error)
{
  g_autofree char *path = NULL;
  g_autoptr (GPtrArray) identities = NULL;
  g_autoptr (GError) first = NULL;

  g_return_val_if_fail (LOBBY_IS_ACCOUNTS (self), FALSE);

  path = file_path (self);
  if (!make_folder (self, error) || (identities = lobby_account_file_read (path, error)) == NULL)
    return FALSE;

  for (guint i = 0; i < identities->len; i++)
    {
      const LobbyIdentity *identity = g_ptr_array_index (identities, i);
      g_autoptr (LobbyAccount) account = open_account (self, lobby_identity_copy (identity), first == NULL ? &first : NULL);

      if (account != NULL)
        add_account (self, account);
      else
        g_ptr_array_add (self->unopened, lobby_identity_copy (identity));
    }

  if (first != NULL)
    g_propagate_error (error, g_steal_pointer (&first));
  return self->unopened->len == 0;
}

static LobbyAccount *
find_account (LobbyAccounts *self,
              const char *server_url,
              const char *user)
{
  for (guint i = 0; i < self->accounts->len; i++)
    {
      LobbyAccount *account = g_ptr_array_index (self->accounts, i);

      if (g_str_equal (lobby_account_get_server_url (account), server_url) && g_str_equal (lobby_account_get_user (account), user))
        return account;
    }

  return NULL;
}

static void
sign_in_free (gpointer data)
{
  SignIn *step = data;

  g_object_unref (step->accounts);
  g_free (step->server_url);
  g_free (step->user);
  /* A copy less of it in memory. */
  explicit_bzero (step->password, strlen (step->password));
  g_free (step->password);
  g_free (step);
}

static JsonObject *
make_credentials (const SignIn *step)
{
  JsonObject *body = json_object_new ();

  json_object_set_string_member (body, "user", step->user);
  json_object_set_string_member (body, "password", step->password);
  json_object_set_string_member (body, "device", g_get_host_name ());

  return body;
}

/* Who the server says we are; the id is an account's that is known, or a new one. */
static LobbyIdentity *
read_identity (const SignIn *step,
               JsonObject *answer)
{
  JsonObject *agent = lobby_json_get_object (answer, "agent");
  JsonArray *businesses = lobby_json_get_array (answer, "businesses");
  const char *user = lobby_json_get_string (agent, "user", LOBBY_WIRE_MAX_NAME);
  const char *agent_id = lobby_json_get_string (agent, "id", LOBBY_ID_MAX);
  LobbyIdentity *identity;
  LobbyAccount *known;

  if (agent_id == NULL || businesses == NULL)
    return NULL;

  identity = g_new0 (LobbyIdentity, 1);
  identity->server_url = g_strdup (step->server_url);
  identity->user = g_strdup (user != NULL ? user : step->user);
  identity->agent_id = g_strdup (agent_id);
  identity->agent_name = g_strdup (lobby_json_get_string (agent, "name", LOBBY_WIRE_MAX_NAME));
  identity->business_name = g_strdup (lobby_json_get_string (lobby_json_array_object (businesses, 0), "name", LOBBY_WIRE_MAX_NAME));
  known = find_account (step->accounts, identity->server_url, identity->user);
  identity->id = known != NULL ? g_strdup (lobby_account_get_id (known)) : lobby_id_new ();

  return identity;
}

/* An account joins the list, in a turn of the main loop: windows follow the list. */
typedef struct
{
  LobbyAccounts *accounts;
  LobbyAccount *account;
  GError **error;
  gboolean saved;
} Keep;

static void
add_and_save (gpointer data)
{
  Keep *keep = data;
  LobbyAccounts *self = keep->accounts;

  g_ptr_array_add (self->accounts, g_object_ref (keep->account));
  keep->saved = save (self, keep->error);
  if (keep->saved)
    g_list_model_items_changed (G_LIST_MODEL (self), self->accounts->len - 1, 0, 1);
  else
    g_ptr_array_set_size (self->accounts, (int)self->accounts->len - 1);
}

/* Whether the account is new or renewed, its token lies in the Secret Service before its store is made. */
static LobbyAccount *
keep_account (LobbyAccounts *self,
              LobbyIdentity *identity,
              const char *token,
              GError **error)
{
  g_autoptr (LobbyIdentity) owned = identity;
  g_autofree char *label = g_strdup_printf ("Lobby: %s at %s", identity->user, identity->server_url);
  g_autoptr (LobbyAccount) account = NULL;
  LobbyAccount *known;
  Keep keep;

  if (!dex_await (lobby_secret_vault_store (identity->id, label, token), error))
    return NULL;

  /* Somebody may have signed in as the same while the keyring was asked. */
  known = find_account (self, identity->server_url, identity->user);
  if (known != NULL && g_set_str (&identity->id, lobby_account_get_id (known))
      && !dex_await (lobby_secret_vault_store (identity->id, label, token), error))
    return NULL;
  if (known != NULL)
    {
      account = g_object_ref (known);
      lobby_account_set_identity (account, g_steal_pointer (&owned));
      return save (self, error) ? g_steal_pointer (&account) : NULL;
    }

  account = make_folder (self, error) ? open_account (self, g_steal_pointer (&owned), error) : NULL;
  if (account == NULL)
    return NULL;

  keep = (Keep){ self, account, error };
  dex_await (lobby_async_run_in_turn (add_and_save, &keep), NULL);

  return keep.saved ? g_steal_pointer (&account) : NULL;
}

static LobbyAccount *
sign_in (SignIn *step,
         GError **error)
{
  g_autoptr (LobbyApi) api = lobby_api_new (step->server_url);
  g_autoptr (JsonObject) answer = NULL;
  LobbyIdentity *identity;
  LobbyAccount *account;
  const char *token;

  answer = dex_await_boxed (lobby_api_call (api, "POST", "/api/session", make_credentials (step)), error);
  if (answer == NULL)
    return NULL;

  token = lobby_json_get_string (answer, "token", 4096);
  identity = token != NULL ? read_identity (step, answer) : NULL;
  if (identity == NULL)
    {
      g_set_error_literal (error, LOBBY_CLIENT_ERROR, LOBBY_CLIENT_ERROR_NOT_LOBBYD, "What answered there is no Lobby server");
      return NULL;
    }

  account = keep_account (step->accounts, identity, token, error);
  if (account == NULL)
    {
      /* The token is of use to nobody. */
      lobby_api_set_token (api, token);
      dex_await (lobby_api_send (api, "DELETE", "/api/session", NULL), NULL);
      return NULL;
    }

  lobby_account_stop (account);
  lobby_account_set_token (account, token);
  lobby_account_start (account);
  return account;
}

static DexFuture *
sign_in_fiber (gpointer data)
{
  GError *error = NULL;
  LobbyAccount *account = sign_in (data, &error);

  return account != NULL ? dex_future_new_take_object (account) : dex_future_new_for_error (error);
}

DexFuture *
lobby_accounts_sign_in (LobbyAccounts *self,
                        const char *server_url,
                        const char *user,
                        const char *password)
{
  GError *error = NULL;
  char *normalized;
  SignIn *step;

  g_return_val_if_fail (LOBBY_IS_ACCOUNTS (self), NULL);
  g_return_val_if_fail (user != NULL && password != NULL, NULL);

  normalized = lobby_server_url_normalize (server_url, &error);
  if (normalized == NULL)
    return dex_future_new_for_error (error);

  step = g_new (SignIn, 1);
  step->accounts = g_object_ref (self);
  step->server_url = normalized;
  step->user = g_strstrip (g_strdup (user));
  step->password = g_strdup (password);

  return lobby_async_spawn (sign_in_fiber, step, sign_in_free);
}

static void
sign_out_free (gpointer data)
{
  SignOut *step = data;

  g_object_unref (step->accounts);
  g_object_unref (step->account);
  g_free (step);
}

typedef struct
{
  char *store[3]; /* the database, its log and its index */
  char *cache;
} Leftovers;

static void
leftovers_free (gpointer data)
{
  Leftovers *leftovers = data;

  for (guint i = 0; i < G_N_ELEMENTS (leftovers->store); i++)
    g_free (leftovers->store[i]);
  g_free (leftovers->cache);
  g_free (leftovers);
}

/* A folder of plain files and one level of folders. */
static void
remove_folder (const char *folder,
               guint depth)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      if (depth > 0 && g_file_test (path, G_FILE_TEST_IS_DIR) && !g_file_test (path, G_FILE_TEST_IS_SYMLINK))
        remove_folder (path, depth - 1);
      else
        g_unlink (path);
    }

  g_rmdir (folder);
}

static gboolean
remove_leftovers (gpointer data,
                  GValue *result,
                  GError **error)
{
  Leftovers *leftovers = data;

  for (guint i = 0; i < G_N_ELEMENTS (leftovers->store); i++)
    g_unlink (leftovers->store[i]);
  remove_folder (leftovers->cache, 1);

  return TRUE;
}

static void
forget_account (gpointer data)
{
  SignOut *step = data;
  LobbyAccounts *self = step->accounts;
  LobbyAccount *account = step->account;
  g_autoptr (GError) error = NULL;
  guint position;

  if (!g_ptr_array_find (self->accounts, account, &position))
    return;

  g_ptr_array_remove_index (self->accounts, position);
  g_list_model_items_changed (G_LIST_MODEL (self), position, 1, 0);
  if (!save (self, &error))
    g_warning ("The list of accounts cannot be written: %s", error->message);
}

static DexFuture *
sign_out_fiber (gpointer data)
{
  SignOut *step = data;
  LobbyAccounts *self = step->accounts;
  const char *id = lobby_account_get_id (step->account);
  LobbyApi *api = lobby_account_get_api (step->account);
  g_autoptr (GError) error = NULL;
  Leftovers *leftovers;

  if (lobby_api_get_token (api) == NULL)
    {
      g_autofree char *token = dex_await_string (lobby_secret_vault_lookup (id), NULL);

      lobby_api_set_token (api, token);
    }
  if (lobby_api_get_token (api) != NULL)
    dex_await (lobby_async_with_timeout (lobby_api_send (api, "DELETE", "/api/session", NULL), SIGN_OUT_TIMEOUT), NULL);
  if (!dex_await (lobby_secret_vault_clear (id), &error))
    g_warning ("The token stays in the keyring: %s", error->message);

  lobby_account_close (step->account);
  dex_await (lobby_async_run_in_turn (forget_account, step), NULL);

  leftovers = g_new (Leftovers, 1);
  leftovers->store[0] = store_path (self, id, "");
  leftovers->store[1] = store_path (self, id, "-wal");
  leftovers->store[2] = store_path (self, id, "-shm");
  leftovers->cache = g_build_filename (self->cache_folder, id, NULL);
  dex_await (lobby_async_run_in_thread (remove_leftovers, leftovers, leftovers_free), NULL);

  return dex_future_new_true ();
}

DexFuture *
lobby_accounts_sign_out (LobbyAccounts *self,
                         LobbyAccount *account)
{
  SignOut *step;

  g_return_val_if_fail (LOBBY_IS_ACCOUNTS (self), NULL);
  g_return_val_if_fail (LOBBY_IS_ACCOUNT (account), NULL);

  lobby_account_stop (account);
  step = g_new (SignOut, 1);
  step->accounts = g_object_ref (self);
  step->account = g_object_ref (account);

  return lobby_async_spawn (sign_out_fiber, step, sign_out_free);
}

static GType
get_item_type (GListModel *model)
{
  return LOBBY_TYPE_ACCOUNT;
}

static guint
get_n_items (GListModel *model)
{
  return LOBBY_ACCOUNTS (model)->accounts->len;
}

static gpointer
get_item (GListModel *model,
          guint position)
{
  LobbyAccounts *self = LOBBY_ACCOUNTS (model);

  return position < self->accounts->len ? g_object_ref (g_ptr_array_index (self->accounts, position)) : NULL;
}

static void
list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

static void
lobby_accounts_finalize (GObject *object)
{
  LobbyAccounts *self = LOBBY_ACCOUNTS (object);

  g_clear_pointer (&self->accounts, g_ptr_array_unref);
  g_clear_pointer (&self->unopened, g_ptr_array_unref);
  g_free (self->data_folder);
  g_free (self->cache_folder);

  G_OBJECT_CLASS (lobby_accounts_parent_class)->finalize (object);
}

static void
lobby_accounts_class_init (LobbyAccountsClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = lobby_accounts_finalize;
}

static void
lobby_accounts_init (LobbyAccounts *self)
{
  self->accounts = g_ptr_array_new_with_free_func (g_object_unref);
  self->unopened = g_ptr_array_new_with_free_func ((GDestroyNotify)lobby_identity_free);
}

LobbyAccounts *
lobby_accounts_new (const char *data_folder,
                    const char *cache_folder)
{
  LobbyAccounts *self;

  g_return_val_if_fail (data_folder != NULL && cache_folder != NULL, NULL);

  self = g_object_new (LOBBY_TYPE_ACCOUNTS, NULL);
  self->data_folder = g_strdup (data_folder);
  self->cache_folder = g_strdup (cache_folder);
  return self;
}
