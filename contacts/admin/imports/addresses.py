"""Where the pages of the wizard are mounted."""

from django.contrib import admin
from django.urls import path

from contacts.admin.imports.collect import (
    ImportCollectPage,
    ImportStartPage,
    download_sample,
)
from contacts.admin.imports.columns import ImportColumnsPage, ImportReadingPage
from contacts.admin.imports.confirm import ImportConfirmPage
from contacts.admin.imports.history import ImportRunAdmin
from contacts.admin.imports.result import ImportErrorsPage, ImportResultPage
from contacts.admin.imports.review import ImportProgressPage, ImportReviewPage
from contacts.admin.site import register_pages

__all__ = ["ImportRunAdmin"]

ROOT = "contacts/importrun"
RUN = f"{ROOT}/<int:pk>"

register_pages(
    [
        path(f"{ROOT}/new/", ImportStartPage.as_view(), name="contacts_import_start"),
        path(
            f"{ROOT}/sample.csv",
            admin.site.admin_view(download_sample),
            name="contacts_import_sample",
        ),
        path(
            f"{RUN}/add/", ImportCollectPage.as_view(), name="contacts_import_collect"
        ),
        path(
            f"{RUN}/batches/<int:batch>/columns/",
            ImportColumnsPage.as_view(),
            name="contacts_import_columns",
        ),
        path(
            f"{RUN}/batches/<int:batch>/reading/",
            ImportReadingPage.as_view(),
            name="contacts_import_reading",
        ),
        path(
            f"{RUN}/batches/<int:batch>/errors/",
            ImportErrorsPage.as_view(),
            name="contacts_import_errors",
        ),
        path(
            f"{RUN}/review/", ImportReviewPage.as_view(), name="contacts_import_review"
        ),
        path(
            f"{RUN}/review/rows/",
            ImportReviewPage.as_view(results_only=True),
            name="contacts_import_rows",
        ),
        path(
            f"{RUN}/confirm/",
            ImportConfirmPage.as_view(),
            name="contacts_import_confirm",
        ),
        path(
            f"{RUN}/result/", ImportResultPage.as_view(), name="contacts_import_result"
        ),
        path(
            f"{RUN}/result/rows/",
            ImportResultPage.as_view(results_only=True),
            name="contacts_import_result_rows",
        ),
        path(
            f"{RUN}/progress/",
            ImportProgressPage.as_view(),
            name="contacts_import_progress",
        ),
    ]
)
