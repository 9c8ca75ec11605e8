"""Prints what LibreOffice says about the signatures of a document: one line "valid certificate-status" for each.

usage: signatures.py PIPE FILE, with a soffice that listens on the named pipe. Ends that soffice.
"""
import sys
import time

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.connection import NoConnectException

local = uno.getComponentContext()
resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
for attempt in range(300):
    try:
        context = resolver.resolve("uno:pipe,name=%s;urp;StarOffice.ComponentContext" % sys.argv[1])
        break
    except NoConnectException:
        time.sleep(0.2)
else:
    sys.exit("soffice does not answer")
services = context.ServiceManager
try:
    factory = services.createInstanceWithContext("com.sun.star.embed.StorageFactory", context)
    form = PropertyValue()
    form.Name, form.Value = "StorageFormat", "ZipFormat"
    url = uno.systemPathToFileUrl(sys.argv[2])
    arguments = (url, 1, uno.Any("[]com.sun.star.beans.PropertyValue", (form,)))
    storage = uno.invoke(factory, "createInstanceWithArguments", (arguments,))
    signatures = services.createInstanceWithContext("com.sun.star.security.DocumentDigitalSignatures", context)
    for s in signatures.verifyDocumentContentSignatures(storage, None):
        print(s.SignatureIsValid, s.CertificateStatus, s.Signer.SubjectName)
finally:
    desktop = services.createInstanceWithContext("com.sun.star.frame.Desktop", context)
    desktop.terminate()
