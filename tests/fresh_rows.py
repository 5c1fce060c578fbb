"""
Gives the database the rows back that the migrations made, after a test that commits.

Django truncates every table for that and loads those rows anew: seconds, whatever the test did.
Here only the tables that have rows are emptied, in one transaction, which looks at foreign keys
when it ends.
"""

from django.db import connection, transaction

BASELINE = "tests_baseline"
TABLES = """
SELECT format('%I', tablename) FROM pg_tables
WHERE schemaname = 'public' AND tablename <> 'django_migrations'
"""
KEPT = f"SELECT format('%I', tablename) FROM pg_tables WHERE schemaname = '{BASELINE}'"


def keep_baseline():
    """Copy the rows that the migrations made; does nothing where it was done before."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SELECT to_regnamespace('{BASELINE}')")
        if cursor.fetchone() != (None,):
            return
        cursor.execute(f"CREATE SCHEMA {BASELINE}")
        for table in tables_with_rows(cursor):
            cursor.execute(f"CREATE TABLE {BASELINE}.{table} AS TABLE public.{table}")


def restore_baseline():
    """Empty what has rows, and fill in what the migrations made."""
    with transaction.atomic(), connection.cursor() as cursor:
        statements = [f"DELETE FROM public.{one}" for one in tables_with_rows(cursor)]
        cursor.execute(KEPT)
        statements += [
            f"INSERT INTO public.{one} TABLE {BASELINE}.{one}"
            for (one,) in cursor.fetchall()
        ]
        cursor.execute(";".join(statements))


def tables_with_rows(cursor):
    cursor.execute(TABLES)
    looks = [
        f"SELECT '{table}' WHERE EXISTS (SELECT FROM public.{table})"
        for (table,) in cursor.fetchall()
    ]
    cursor.execute(" UNION ALL ".join(looks))
    return [table for (table,) in cursor.fetchall()]
